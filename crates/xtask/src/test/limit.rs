//! A time limit on a step: one that hangs must not hold up whoever waits for the result.

use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};

/// Ending a program may show others that it had just started; more rounds than this find no end.
#[cfg(unix)]
const ROUNDS: usize = 10;

/// Does `work`, and ends every program that this process started once it takes longer than `limit`.
///
/// # Errors
/// Those of `work`; or it took too long.
pub fn within<T>(limit: Duration, work: impl FnOnce() -> Result<T>) -> Result<T> {
    within_or(limit, || end_descendants_of(std::process::id()), work)
}

/// `end` is what makes `work` return early.
fn within_or<T>(
    limit: Duration,
    end: impl FnOnce() -> Result<()> + Send + 'static,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let (done, is_done) = sync_channel::<()>(0);
    let took_too_long = move || {
        anyhow!(
            "it took longer than {} min and was ended: something in it hangs, or this machine is slow, and then \
             --limit gives it longer",
            limit.as_secs_f32() / 60.0
        )
    };
    let watchdog = thread::Builder::new()
        .name("time limit".into())
        .spawn(move || {
            let timed_out = is_done.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if timed_out && let Err(error) = end() {
                // What hangs cannot be ended, so waiting for it would hang as well.
                eprintln!("xtask: {}; {error:#}", took_too_long());
                std::process::exit(1);
            }
            timed_out
        })
        .context("cannot start a thread that watches the time")?;
    let outcome = work();
    drop(done);
    match watchdog.join() {
        // Whatever it returned is only a consequence.
        Ok(true) => Err(took_too_long()),
        _ => outcome,
    }
}

/// Ends the programs that a process started, and those that they started.
#[cfg(unix)]
fn end_descendants_of(process: u32) -> Result<()> {
    for _ in 0..ROUNDS {
        let descendants = descendants(process, &parents()?);
        if descendants.is_empty() {
            return Ok(());
        }
        // Through the shell, because a bare system has no `kill` of its own. It fails where one has ended by itself.
        Command::new("sh")
            .args(["-c", "kill -KILL \"$@\"", "sh"])
            .args(descendants.iter().map(u32::to_string))
            .stderr(Stdio::null())
            .status()
            .context("cannot start sh, to end what hangs")?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn end_descendants_of(process: u32) -> Result<()> {
    // Ends this process too, after whoever called has said why.
    eprintln!("xtask: a step took longer than its limit and is ended; --limit gives it longer");
    let ended = Command::new("taskkill")
        .args(["/F", "/T", "/PID", &process.to_string()])
        .stdout(Stdio::null())
        .status()
        .context("cannot start taskkill, to end what hangs")?;
    ensure!(ended.success(), "taskkill failed ({ended})");
    Ok(())
}

/// Every process that has not ended, with the one that started it.
#[cfg(target_os = "linux")]
fn parents() -> Result<Vec<(u32, u32)>> {
    let processes = std::fs::read_dir("/proc").context("cannot read /proc")?;
    let pairs: Vec<(u32, u32)> = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process: u32| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            Some((process, parent_in(&stat)?))
        })
        .collect();
    ensure!(!pairs.is_empty(), "/proc names no process");
    Ok(pairs)
}

/// From `12 (a name (any)) S 11 …` to 11; `None`: it has ended, and only waits to be asked how.
#[cfg(target_os = "linux")]
fn parent_in(stat: &str) -> Option<u32> {
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    let is_alive = !matches!(words.next()?, "Z" | "X");
    let parent = words.next()?.parse().ok()?;
    is_alive.then_some(parent)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn parents() -> Result<Vec<(u32, u32)>> {
    let listed = crate::shell::output_of("ps", &["-A", "-o", "pid=,ppid=,state="])
        .context("cannot list the processes with ps")?;
    let pairs: Vec<(u32, u32)> = listed
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let pair = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            (!words.next()?.starts_with('Z')).then_some(pair)
        })
        .collect();
    ensure!(!pairs.is_empty(), "ps names no process");
    Ok(pairs)
}

/// Parents come before what they started.
#[cfg(unix)]
fn descendants(of: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut found = vec![of];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = parents
            .iter()
            .filter(|(_, starter)| *starter == parent)
            .map(|(process, _)| *process);
        found.extend(children);
        next += 1;
    }
    found.split_off(1)
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_step_that_hangs_is_ended_with_what_it_started() {
        let mut hanging = Command::new("sh")
            // The second is started by a program that the step started.
            .args(["-c", "sleep 600 & sh -c 'sleep 600; true'; wait; exit 7"])
            .spawn()
            .unwrap();
        let process = hanging.id();
        let started = Instant::now();
        let error = within_or(
            Duration::from_millis(300),
            move || end_descendants_of(process),
            || Ok(hanging.wait()?),
        )
        .unwrap_err();
        assert!(started.elapsed() < Duration::from_mins(1));
        assert!(error.to_string().contains("took longer than"), "{error}");
    }

    #[test]
    fn a_step_that_ends_in_time_is_left_alone() {
        let nothing = || anyhow::bail!("nobody may be ended");
        let limit = Duration::from_mins(1);
        assert_eq!(within_or(limit, nothing, || Ok(5)).unwrap(), 5);
        let error = within_or(limit, nothing, || Err::<(), _>(anyhow!("its own"))).unwrap_err();
        assert_eq!(error.to_string(), "its own");
    }

    #[test]
    fn relatives_are_told_from_strangers() {
        let parents = [(4, 3), (2, 1), (3, 2), (9, 8), (5, 2)];
        assert_eq!(descendants(2, &parents), [3, 5, 4]);
        assert_eq!(descendants(7, &parents), [0; 0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_of_programs_do_not_confuse() {
        assert_eq!(parent_in("12 (a) b (c)) S 11 12 12 0"), Some(11));
        assert_eq!(parent_in("12 (a) Z 11 12 12 0"), None);
        assert_eq!(parent_in(""), None);
    }
}
