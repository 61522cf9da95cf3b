//! Who is asking, and what that person may do.

pub mod role;
