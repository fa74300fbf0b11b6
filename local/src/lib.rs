//! The local stack: AWS endpoints, provider simulators, journal and console.
