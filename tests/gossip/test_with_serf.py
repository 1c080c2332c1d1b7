"""One pool of unmodified serf agents and ours: each must take the other for one of its own."""
import pytest

from support.agent import wait_for
from support.ports import free_port

KEY = "BwcHBwcHBwcHBwcHBwcHBw=="
OTHER_KEY = "CQkJCQkJCQkJCQkJCQkJCQ=="

# LAN defaults in a pool of five: a probe each second, four seconds of suspicion that confirmations
# shorten from 24; and what a dead member's own turn of the round takes.
DETECTION_SECONDS_MAX = 40
# Each member tells a piece of news four times, so now and then gossip misses one of five; the next
# push/pull, each 30 s, tells it then.
TOLD_SECONDS_MAX = 45


def everybody_sees(members, seconds=TOLD_SECONDS_MAX, **expected):
    for each in members:
        wait_for(lambda each=each: each.sees(**expected), seconds, what=f"{each.name} to see {expected}")


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("joined_from", ["serf", "ours"])
def test_five_become_one_pool(pool, joined_from, key):
    five = pool.five(joined_from, key)
    for each in five.values():
        seen = each.members()
        assert {name: found["tags"] for name, found in seen.items()} == {name: {"is": name} for name in five}
        assert {name: found["addr"] for name, found in seen.items()} == {name: m.at for name, m in five.items()}


def test_changed_tags_travel_both_ways(pool):
    five = pool.five("ours")
    five["s1"].set_tags(color="red")
    five["o1"].set_tags(color="blue")
    for each in five.values():
        wait_for(lambda each=each: each.members()["s1"]["tags"].get("color") == "red"
                 and each.members()["o1"]["tags"] == {"is": "o1", "color": "blue"}, TOLD_SECONDS_MAX,
                 what=f"{each.name} to see the new tags")


def test_user_events_travel_both_ways_and_come_once(pool):
    five = pool.five("serf")
    five["s1"].fire("deploy", "from serf")
    five["o1"].fire("deploy", "from us")
    expected = {("deploy", "from serf"), ("deploy", "from us")}
    for each in five.values():
        wait_for(lambda each=each: set(each.events()) >= expected, TOLD_SECONDS_MAX,
                 what=f"{each.name} to hear both events")
    for each in five.values():
        assert sorted(each.events()) == sorted(expected)


@pytest.mark.parametrize("asker", ["s1", "o1"])
@pytest.mark.parametrize("relay", [0, 2])
def test_queries_are_answered_by_both_kinds(pool, asker, relay):
    five = pool.five("ours")
    acks, responses = five[asker].query("echo", "hello", relay=relay)
    assert acks == set(five)
    assert responses == {name: f"{name}:hello" for name in five}
    acks, responses = five[asker].query("echo", "you", nodes=["s2", "o2"])
    assert set(responses) == {"s2", "o2"}
    acks, responses = five[asker].query("echo", "tagged", tags={"is": "^(s1|o3)$"})
    assert set(responses) == {"s1", "o3"}


@pytest.mark.parametrize("victim", ["s2", "o2"])
def test_a_killed_member_is_noticed_by_both_kinds_and_comes_back(pool, victim):
    five = pool.five("serf")
    five[victim].kill()
    others = [each for name, each in five.items() if name != victim]
    everybody_sees(others, DETECTION_SECONDS_MAX, **{victim: "failed"})
    five[victim].start()
    five[victim].join(others[0], others[1])
    everybody_sees(five.values(), TOLD_SECONDS_MAX, **{name: "alive" for name in five})


@pytest.mark.parametrize("victim", ["s2", "o2"])
def test_a_paused_member_refutes(pool, victim):
    five = pool.five("serf")
    five[victim].pause()
    others = [each for name, each in five.items() if name != victim]
    everybody_sees(others, DETECTION_SECONDS_MAX, **{victim: "failed"})
    five[victim].go_on()
    everybody_sees(five.values(), 60, **{name: "alive" for name in five})


@pytest.mark.parametrize("leaver", ["s2", "o2"])
def test_who_leaves_is_left_and_may_come_back(pool, leaver):
    five = pool.five("ours")
    five[leaver].leave()
    five[leaver].wait_for_end()
    others = [each for name, each in five.items() if name != leaver]
    everybody_sees(others, TOLD_SECONDS_MAX, **{leaver: "left"})
    five[leaver].start()
    five[leaver].join(others[0])
    everybody_sees(five.values(), TOLD_SECONDS_MAX, **{name: "alive" for name in five})


@pytest.mark.parametrize("remover,victim", [("o1", "s2"), ("s1", "o2")])
def test_a_failed_member_is_forced_to_leave(pool, remover, victim):
    five = pool.five("ours")
    five[victim].kill()
    others = [each for name, each in five.items() if name != victim]
    everybody_sees(others, DETECTION_SECONDS_MAX, **{victim: "failed"})
    five[remover].force_leave(victim)
    everybody_sees(others, TOLD_SECONDS_MAX, **{victim: "left"})


@pytest.mark.parametrize("mover", ["s2", "o2"])
def test_a_member_comes_back_at_another_address(pool, mover):
    five = pool.five("serf")
    five[mover].leave()
    five[mover].wait_for_end()
    others = [each for name, each in five.items() if name != mover]
    everybody_sees(others, TOLD_SECONDS_MAX, **{mover: "left"})
    five[mover].address = pool.next_address()
    five[mover].port = free_port(five[mover].address)
    five[mover].start()
    five[mover].join(others[0], others[1])
    for each in others:
        wait_for(lambda each=each: each.members()[mover]["addr"] == five[mover].at
                 and each.sees(**{mover: "alive"}), 30, what=f"{each.name} to see the new address")


@pytest.mark.parametrize("kind", ["serf", "ours"])
def test_rejoins_from_its_snapshot_after_a_crash(pool, kind):
    first = pool.start("serf" if kind == "ours" else "ours", "first")
    second = pool.start(kind, "second", snapshot=True)
    second.join(first)
    everybody_sees([first, second], first="alive", second="alive")

    def is_noted():
        first.fire("tick")  # serf writes its lines only when another one comes
        return "alive: first" in second.snapshot.read_text()

    wait_for(is_noted, what="the snapshot to name the other")
    second.kill()
    second.start()
    everybody_sees([first, second], 30, first="alive", second="alive")


def test_of_two_nodes_with_one_name_the_first_stays(pool):
    five = pool.five("ours")
    for kind in ("serf", "ours"):
        second = pool.start(kind, "o1")
        try:
            second.join(five["s1"])
        except OSError:
            pass  # it may have noticed at once and ended
        for each in five.values():
            assert each.members()["o1"]["addr"] == five["o1"].at
        if kind == "serf":
            # serf asks the pool, hears that it is not meant, and ends.
            wait_for(lambda: second.process.poll() is not None, 60, what="the second of its name to end")
        second.close()
    everybody_sees(five.values(), **{name: "alive" for name in five})


@pytest.mark.parametrize("operator", ["s1", "o1"])
def test_a_key_is_rotated_while_the_pool_runs(pool, operator):
    five = pool.five("serf", KEY)
    hand = five[operator]
    assert hand.keys("list") == {KEY: 5}
    hand.keys("install", OTHER_KEY)
    assert hand.keys("list") == {KEY: 5, OTHER_KEY: 5}
    hand.keys("use", OTHER_KEY)
    hand.keys("remove", KEY)
    assert hand.keys("list") == {OTHER_KEY: 5}
    five["s2"].fire("still", "here")
    for each in five.values():
        wait_for(lambda each=each: ("still", "here") in each.events(), TOLD_SECONDS_MAX,
                 what=f"{each.name} to hear the event")
    # The old key opens nothing any more, for either kind.
    for kind in ("serf", "ours"):
        late = pool.start(kind, f"late-{kind}", key=KEY)
        with pytest.raises(OSError):
            late.join(five["s1"], five["o1"])
    assert set(five["o1"].members()) == set(five)


@pytest.mark.parametrize("kind", ["serf", "ours"])
def test_who_has_no_key_does_not_get_in(pool, kind):
    inside = pool.start("ours" if kind == "serf" else "serf", "inside", key=KEY)
    outside = pool.start(kind, "outside")
    with pytest.raises(OSError):
        outside.join(inside)
    assert set(inside.members()) == {"inside"}
