from lakemesh.doctor.checkup import Checkup, missing, note, ok


def test_states() -> None:
    assert ok("git", "/bin/git") == Checkup("git", "ok", "/bin/git")
    assert (note("a", "b").state, note("a", "b", "c").remedy) == ("note", "c")
    assert missing("a", "b", "c") == Checkup("a", "missing", "b", "c")
