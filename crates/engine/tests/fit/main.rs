//! How many rows fit: what asking every tile about every chunk gives, at work that grows with the tiles.

mod output;
mod plain;
mod property;
mod work;
