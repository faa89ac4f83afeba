//! The built page in a browser. One program, because its tests share browsers.

mod bytes;
mod playground;
mod site;
