//! Draws and writes a trace: diagram, charts, file formats.
