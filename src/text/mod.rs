//! Text as people write it in three scripts: normal form with an offset map, scripts, places.

pub mod japanese;
pub mod korean;
pub mod normal;
pub mod particle;
pub mod place;
pub mod script;
