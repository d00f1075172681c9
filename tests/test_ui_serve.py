"""`waymark serve` says in one line what is wrong with an address."""

from __future__ import annotations

import argparse
import socket

import pytest

from bot.settings import Settings
from ui.cli import UsageError
from ui.commands import serve as command


def test_a_taken_port_is_told_before_anything_slow():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        given = argparse.Namespace(host="127.0.0.1", port=port)
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            command.serve(given)


def test_an_unknown_host_is_told():
    given = argparse.Namespace(host="no such host", port=0)
    with pytest.raises(UsageError, match="is not known here"):
        command.serve(given)


def test_an_address_of_another_machine_is_told():
    given = argparse.Namespace(host="192.0.2.1", port=0)
    with pytest.raises(UsageError, match="cannot listen on"):
        command.serve(given)


def test_a_port_that_does_not_exist_is_told():
    with pytest.raises(UsageError, match="does not exist"):
        command.serve(argparse.Namespace(host=None, port=70000))


def test_what_is_said_at_the_call_wins_over_the_settings():
    given = argparse.Namespace(host="0.0.0.0", port=None)
    chosen = command._chosen(Settings(port=9000), given)
    assert (chosen.host, chosen.port) == ("0.0.0.0", 9000)
