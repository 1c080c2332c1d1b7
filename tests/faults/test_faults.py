"""What clients of a datacenter see while parts of it fail: every history is linearizable, nothing that was
acknowledged is lost, and afterwards all is as before."""
import contextlib
import re
import time

import pytest

from support.agent import wait_for

from faults.workload import KEYS, client, workload

# What an agent under this load may have: about three times what it has.
RESIDENT_KB_MAX = 150_000
ANONYMOUS_KB_MAX = 80_000
DESCRIPTORS_MAX = 90


@contextlib.contextmanager
def under_load(datacenter, **more):
    """The workload through all nodes. When the body is done, the datacenter must become whole again, and what
    the clients saw must be explained."""
    load = workload(datacenter.nodes, seed=7, **more)
    load.start()
    try:
        load.go_on(2)
        yield load
        began = time.monotonic()
        datacenter.wait_until_whole(60)
        print(f"whole after {time.monotonic() - began:.1f} s")
        load.wait_until_all_are_answered()
    finally:
        load.stop()
    datacenter.wait_until_servers_agree()
    load.read_through(datacenter.nodes)
    load.check_acknowledged(datacenter.nodes)
    said = load.check_linearizable(datacenter.home)
    load.check_indexes()
    for node in datacenter.nodes:
        assert not node.died(), f"{node.name} ended by itself"
        assert node.kilobytes("VmHWM") < RESIDENT_KB_MAX, node.name
        assert node.kilobytes("RssAnon") < ANONYMOUS_KB_MAX, node.name
        assert node.descriptors() < DESCRIPTORS_MAX, node.name
    print(said, {what: load.count(what) for what in ("answered", "unknown", "refused connection")}, load.errors)
    for node in datacenter.nodes:
        print(node.name, node.kilobytes("VmHWM"), node.kilobytes("RssAnon"), node.descriptors())


def test_reads_that_may_be_stale_are_found_out(start_datacenter):
    """The judge at work: a server that is cut off answers ?stale with what was, and that is no register."""
    datacenter = start_datacenter()
    load = workload(datacenter.nodes, seed=7, read_how="?stale")
    load.start()
    cut_off = datacenter.followers()[0]
    datacenter.switch.part(cut_off.name)
    load.go_on(4)
    # The clients of that server may all have waited for a write meanwhile.
    one_more = client(load, cut_off, seed=0)
    for key in KEYS:
        one_more.read(key)
    load.stop()
    load.clients.append(one_more)
    with pytest.raises(AssertionError, match="no order explains this answer"):
        load.check_linearizable(datacenter.home)


def test_without_any_fault_every_question_is_answered(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        before = datacenter.term()
        load.go_on(5)
        assert datacenter.term() == before
    assert load.count("unknown") == load.count("refused connection") == 0, load.errors


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_a_killed_server_is_missed_and_comes_back(start_datacenter, role):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        victim = datacenter.leader() if role == "leader" else datacenter.followers()[0]
        victim.kill()
        load.wait_until_written()
        datacenter.wait_for_serf_health(victim, "critical")
        load.go_on(1)
        victim.start()


def test_all_servers_killed_at_once_come_back_with_their_data(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        for _ in range(2):
            for server in datacenter.servers:
                server.process.kill()
            for server in datacenter.servers:
                server.kill()
            load.go_on(1)
            for server in datacenter.servers:
                server.start()
            load.wait_until_written()
            load.go_on(3)


def test_a_leader_that_is_stopped_for_a_moment_answers_nothing_stale(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        for _ in range(4):
            leader = datacenter.leader()
            leader.pause()
            load.go_on(2)
            leader.go_on()
            load.go_on(1)


def test_a_leader_that_is_stopped_for_long_is_missed_and_follows_afterwards(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        victim = datacenter.leader()
        victim.pause()
        others = [node for node in datacenter.nodes if node is not victim]
        wait_for(lambda: all(datacenter.serf_health(each, victim) == "critical" for each in others), seconds=25,
                 every=0.1, what="the stopped leader critical")
        victim.go_on()


def test_a_leader_that_is_cut_off_leads_no_more(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        leader = datacenter.leader()
        datacenter.switch.part(leader.name)
        others = [server for server in datacenter.servers if server is not leader]
        datacenter.leader(asked=others[0], but_not=leader)
        load.wait_until_written()
        load.go_on(2)
        datacenter.switch.heal()


def test_a_minority_that_is_cut_off_answers_nothing_wrong(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        follower, client = datacenter.followers()[0], datacenter.nodes[-1]
        leader = datacenter.leader()
        datacenter.switch.part(follower.name, client.name)
        wait_for(lambda: datacenter.serf_health(leader, follower) == "critical" and
                 datacenter.serf_health(leader, client) == "critical", seconds=25, every=0.1,
                 what="those that were cut off critical")
        datacenter.switch.heal()


@pytest.mark.parametrize("how", ["mute", "deafen"])
def test_a_leader_of_whom_one_direction_is_cut_is_replaced(start_datacenter, how):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        leader = datacenter.leader()
        getattr(datacenter.switch, how)(leader.name)
        other = next(server for server in datacenter.servers if server is not leader)
        datacenter.leader(asked=other, but_not=leader)
        load.wait_until_written()
        load.go_on(2)
        datacenter.switch.heal()


def test_one_packet_in_ten_lost_slows_but_stops_nothing(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        datacenter.switch.lose(10)
        before = load.count("answered")
        load.go_on(12)
        assert load.count("answered") - before > 200
        datacenter.switch.heal()


def test_slow_disks_slow_writes_and_elect_nobody(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        before = datacenter.term()
        datacenter.leader().slow_disk(100)
        load.go_on(4)
        for server in datacenter.servers:
            server.slow_disk(200)
        assert load.wait_until_written() > 0.2
        load.go_on(4)
        for server in datacenter.servers:
            server.slow_disk(1000)  # a commit takes longer than a follower waits to hear of its leader
        load.go_on(6)
        for server in datacenter.servers:
            server.slow_disk(0)
        assert datacenter.term() == before


def test_a_leader_slower_than_its_followers_answers_nothing_stale(start_datacenter):
    """Followers apply, and show in consistent reads, what the leader has not written to its own disk yet."""
    datacenter = start_datacenter()
    with under_load(datacenter, clients_a_node=4, pause_s=0.01) as load:
        leader = datacenter.leader()
        leader.slow_disk(100)
        load.go_on(8)
        leader.slow_disk(0)


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_a_server_with_a_full_disk_ends_and_the_others_go_on(start_datacenter, role):
    datacenter = start_datacenter(disk_megabytes=48)
    with under_load(datacenter) as load:
        victim = datacenter.leader() if role == "leader" else datacenter.followers()[0]
        other = next(server for server in datacenter.servers if server is not victim)
        victim.fill_disk()
        for n in range(20):  # needs room in the log
            with contextlib.suppress(OSError):
                other.put(f"/v1/kv/big/{n}", "x" * 100_000)
        assert victim.expect_end(20) == 1
        (line,) = [line for line in victim.log_text().splitlines() if line.startswith("==> ") and "disk" in line]
        assert re.search("full|space", line)
        load.wait_until_written()
        load.go_on(2)
        victim.free_disk()
        victim.start()


def test_a_server_that_lost_its_disk_joins_as_a_new_one(start_datacenter):
    datacenter = start_datacenter()
    with under_load(datacenter) as load:
        victim = datacenter.followers()[0]
        victim.kill()
        victim.wipe()
        load.go_on(1)
        victim.start()
        datacenter.wait_until_whole()
        # It counts again: without another one there is still a majority.
        third = next(server for server in datacenter.followers() if server is not victim)
        load.go_on(2)
        third.kill()
        load.wait_until_written()
        third.start()
