//! Runs the Amazon States Language: a pure state machine and a virtual-time driver.
