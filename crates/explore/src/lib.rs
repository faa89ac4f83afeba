//! Many runs: sweeps over one knob.
