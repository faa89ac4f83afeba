//! The engine: a [`Plan`](plan::Plan) goes in, records come out. Nothing else is asked and nothing else is told.
//!
//! Layers, each knowing only itself and those to its left:
//! `copy ← queue, chance, busy, kernel, outbox, limits, recorder, tables, target, incarnations, ports ← net, tcp ← stack, host, syscalls ← http, sockets ← shell, plan, world`.
//! The TCP is sans-IO, and follows Linux where Linux and the RFC differ; HTTP programs reach it through
//! socket calls only, as on a real machine.
#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

pub mod busy;
pub mod chance;
mod copy;
pub mod host;
pub mod http;
pub mod incarnations;
pub mod kernel;
pub mod limits;
pub mod net;
pub mod outbox;
pub mod plan;
pub mod ports;
pub mod queue;
pub mod recorder;
pub mod shell;
pub mod sockets;
pub mod stack;
pub mod syscalls;
pub mod tables;
pub mod target;
pub mod tcp;
pub mod world;
