//! Where PipeWire's daemon answers, for saying why it does not: the library only says that it could not connect.

use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::PipeWireError;

/// The daemon's name where nobody says another.
const DEFAULT: &str = "pipewire-0";

/// Why no connection came about.
pub(super) fn why_none() -> PipeWireError {
    match path(|name| env::var_os(name)) {
        None => PipeWireError::NoFolder,
        Some(socket) => why(&socket, UnixStream::connect(&socket).map(drop)),
    }
}

/// As PipeWire's own protocol-native module finds it.
fn path(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let said = |name| variable(name).filter(|value| !value.is_empty());
    let name = said("PIPEWIRE_REMOTE").unwrap_or_else(|| DEFAULT.into());
    let name = Path::new(&name);
    if name.is_absolute() {
        return Some(name.into());
    }
    let folder = said("PIPEWIRE_RUNTIME_DIR").or_else(|| said("XDG_RUNTIME_DIR"))?;
    Some(Path::new(&folder).join(name))
}

fn why(socket: &Path, answer: io::Result<()>) -> PipeWireError {
    let socket = socket.to_path_buf();
    match answer.map_err(|error| error.kind()) {
        Err(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            PipeWireError::NotRunning { socket }
        }
        Err(ErrorKind::PermissionDenied) => PipeWireError::Denied { socket },
        // Something answers there, and the library could not talk to it.
        Ok(()) => PipeWireError::Refused {
            reason: format!("no connection through {}", socket.display()),
        },
        Err(kind) => PipeWireError::Refused {
            reason: format!("no connection through {}: {kind}", socket.display()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn found(variables: &[(&str, &str)]) -> Option<PathBuf> {
        path(|name| {
            let (_, value) = variables.iter().find(|(n, _)| *n == name)?;
            Some(value.into())
        })
    }

    #[test]
    fn the_socket_is_where_the_library_looks() {
        let user = ("XDG_RUNTIME_DIR", "/run/user/1000");
        assert_eq!(found(&[user]), Some("/run/user/1000/pipewire-0".into()));
        assert_eq!(
            found(&[user, ("PIPEWIRE_RUNTIME_DIR", "/run/pipewire")]),
            Some("/run/pipewire/pipewire-0".into())
        );
        assert_eq!(
            found(&[user, ("PIPEWIRE_REMOTE", "/tmp/other")]),
            Some("/tmp/other".into())
        );
        assert_eq!(
            found(&[("XDG_RUNTIME_DIR", ""), ("PIPEWIRE_REMOTE", "a")]),
            None
        );
    }

    #[test]
    fn a_dead_socket_is_told_from_a_living_one() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("pipewire-0");
        let of = |socket: &Path| why(socket, UnixStream::connect(socket).map(drop));
        let none = PipeWireError::NotRunning {
            socket: socket.clone(),
        };
        assert_eq!(of(&socket), none);
        let listener = UnixListener::bind(&socket).unwrap();
        assert!(matches!(of(&socket), PipeWireError::Refused { .. }));
        drop(listener);
        assert_eq!(of(&socket), none, "the file outlives its daemon");
    }
}
