//! Memory that is used again.

use std::sync::Arc;

/// All slots of a pool are in use: a consumer holds more pictures than the design gives it places for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all {capacity} pooled buffers are in use")]
pub struct PoolExhausted {
    /// How many slots the pool has.
    pub capacity: usize,
}

/// A fixed number of shared values, each handed out again once nobody else holds it.
///
/// The pool keeps one reference to every value, so a value is free exactly when its count is one. Neither taking nor
/// returning allocates, and returning needs no call: dropping the last outside reference is enough.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    slots: Vec<Arc<T>>,
    capacity: usize,
}

impl<T> Pool<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            slots: Vec::with_capacity(capacity),
            capacity,
        }
    }

    /// A slot that nobody else holds, made on first use.
    pub(crate) fn free_slot(
        &mut self,
        make: impl FnOnce() -> T,
    ) -> Result<&mut Arc<T>, PoolExhausted> {
        let index = if let Some(free) = self
            .slots
            .iter_mut()
            .position(|slot| Arc::get_mut(slot).is_some())
        {
            free
        } else if self.slots.len() < self.capacity {
            self.slots.push(Arc::new(make()));
            self.slots.len() - 1
        } else {
            return Err(PoolExhausted {
                capacity: self.capacity,
            });
        };
        Ok(&mut self.slots[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_comes_back_when_its_last_reference_goes() {
        let mut pool = Pool::new(2);
        let first = Arc::clone(pool.free_slot(|| 1).unwrap());
        let second = Arc::clone(pool.free_slot(|| 2).unwrap());
        assert_eq!(
            pool.free_slot(|| 3).unwrap_err(),
            PoolExhausted { capacity: 2 }
        );
        drop(first);
        assert_eq!(
            **pool.free_slot(|| 3).unwrap(),
            1,
            "the old value is used again"
        );
        drop(second);
    }
}
