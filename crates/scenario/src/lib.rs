//! Versioned input, profiles, presets and the share link.
