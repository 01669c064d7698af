//! Hirokiku
