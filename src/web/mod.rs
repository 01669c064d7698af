//! What both doors show: the layout, the parts pages are made of, and the files they load.
pub mod assets;
#[cfg(test)]
mod contrast;
pub mod page;
pub mod parts;
pub mod shell;
