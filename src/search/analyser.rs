//! analyser
