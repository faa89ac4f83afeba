//! The playground page and its worker.
