//! The passes on the CPU, plainly written: the definition of correct.
