//! Worlds with faults, in virtual time, around the real workflows and handlers.
