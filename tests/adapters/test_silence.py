"""A host that vanishes without a word is noticed by the kernel."""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from adapters.postgres.pool import SILENCE, notice_silence


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_connection_over_tcp_is_looked_after(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def options() -> dict[str, int]:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        notice_silence(writer.transport)
        connected = writer.get_extra_info("socket")
        found = {name: connected.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in SILENCE}
        found["alive"] = connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        writer.close()
        server.close()
        return found

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(options()) == {**SILENCE, "alive": 1}


async def test_a_local_socket_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=ours)
    notice_silence(writer.transport)
    writer.close()
    await writer.wait_closed()
    theirs.close()
