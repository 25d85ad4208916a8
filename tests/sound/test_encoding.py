"""Any recording becomes three small files, always the same, that say nothing of where it came from."""

import io
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

av = pytest.importorskip("av", reason="the extra `sound` is not installed")

from sound_kit import MARK, marked, tone  # noqa: E402 - after the check
from tamizdat.errors import ItemError  # noqa: E402 - only where PyAV is
from tamizdat.limits import LIMITS  # noqa: E402 - only where PyAV is
from tamizdat.sound import apart, coding  # noqa: E402 - only where PyAV is
from tamizdat.sound.apart import encode_apart  # noqa: E402 - only where PyAV is
from tamizdat.sound.containers import container_of  # noqa: E402 - only where PyAV is
from tamizdat.sound.forms import FORMS  # noqa: E402 - only where PyAV is


def written(tmp_path, data, name="original"):
    file = tmp_path / name
    file.write_bytes(data)
    return file


def here(original, folder):
    """Encoded in this process: bytes by form."""
    outputs = [folder / str(at) for at in range(len(FORMS))]
    seconds = coding.encode(original, FORMS, outputs)
    return seconds, [output.read_bytes() for output in outputs]


def heard(data):
    """What a program that plays the file finds: codec, channels, samples a second, seconds, and its words."""
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        seconds = sum(frame.samples for frame in file.decode(stream)) / stream.rate
        words = dict(file.metadata) | dict(stream.metadata)
        return stream.codec_context.name, stream.channels, stream.rate, seconds, words


def other(data, container, codec, rate=44_100, layout="stereo"):
    """The recording as another kind of file, with a title."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(out, "w", format=container) as target:
        target.metadata["title"] = MARK.decode()
        stream = target.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for frame in [*source.decode(audio=0), None]:
            for piece in resampler.resample(frame):
                piece.pts = None
                target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return out.getvalue()


def test_three_forms_that_players_can_play(tmp_path):
    encoded = encode_apart(written(tmp_path, tone(3.2, rate=44_100, channels=2)))
    assert encoded.seconds == 4
    forms = {(form.media_type, form.kilobits): data for form, data in encoded.files}
    assert set(forms) == {("audio/ogg", 12), ("audio/ogg", 24), ("audio/mpeg", 32)}
    assert [len(data) for _, data in encoded.files] == sorted(map(len, forms.values()))
    for (media_type, kilobits), data in forms.items():
        codec, channels, rate, seconds, _ = heard(data)
        assert (codec, rate) == (("opus", 48_000) if media_type == "audio/ogg" else ("mp3float", 24_000))
        assert channels == 1
        assert seconds == pytest.approx(3.2, abs=0.2)
        # Headers weigh the more the shorter a recording is.
        assert len(data) * 8 / 3.2 < kilobits * 1_000 * 1.6 + 8_000


def test_a_minute_costs_what_is_said(tmp_path):
    """A tone is the worst there is; of speech a minute comes to four fifths of that."""
    seconds, files = here(written(tmp_path, tone(60)), tmp_path)
    assert seconds in {60, 61}
    for form, data in zip(FORMS, files, strict=True):
        assert len(data) < form.kilobits * 1_000 / 8 * 60 * 1.3


def test_the_same_recording_gives_the_same_bytes(tmp_path):
    original = written(tmp_path, tone())
    again = written(tmp_path, tone(), "elsewhere")
    assert encode_apart(original) == encode_apart(original) == encode_apart(again)


def test_nothing_is_said_of_where_it_comes_from(tmp_path):
    """Words of the original, and those of the program that writes: no name, no time, no version."""
    assert MARK in marked(tone())
    seconds, files = here(written(tmp_path, marked(tone())), tmp_path)
    assert (seconds, files) == here(written(tmp_path, tone(), "unmarked"), tmp_path)
    for data in files:
        assert MARK not in data
        words = heard(data)[-1]
        assert not {name: text for name, text in words.items() if name.lower() != "encoder" or "." in text}


@pytest.mark.parametrize(
    ("container", "codec", "layout"),
    [
        ("flac", "flac", "stereo"), ("mp3", "libmp3lame", "mono"), ("ogg", "libopus", "stereo"),
        ("ipod", "aac", "stereo"), ("aiff", "pcm_s16be", "mono"), ("webm", "libopus", "mono"),
    ],
)  # fmt: skip
def test_whatever_a_newsroom_has_can_be_read(tmp_path, container, codec, layout):
    rate = 48_000 if codec == "libopus" else 44_100
    data = other(tone(1.5), container, codec, rate, layout)
    assert container_of(data[:64])
    seconds, files = here(written(tmp_path, data), tmp_path)
    assert seconds in {1, 2}
    assert not any(MARK in file for file in files)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no recording that we read; export it as WAV"),
        (b"<html>not sound</html>", "no recording that we read"),
        (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "no recording that we read"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no recording that we read"),
        (tone()[:20], "broken"),
        (tone(0), "no sound in it"),
        (b"fLaC" + bytes(400), "broken"),
        (b"OggS" + bytes(400), "export it"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(60), "export it"),
    ],
)
def test_what_cannot_be_encoded_says_what_to_do(tmp_path, data, says):
    with pytest.raises(ItemError, match=says):
        encode_apart(written(tmp_path, data))


def test_a_recording_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(coding, "LIMITS", replace(LIMITS, max_sound_seconds=1))
    with pytest.raises(ItemError, match="is longer than"):
        here(written(tmp_path, tone(2.5)), tmp_path)


def test_a_file_that_is_too_large_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "LIMITS", replace(LIMITS, max_sound_bytes=100))
    with pytest.raises(ItemError, match="limit 100"):
        encode_apart(written(tmp_path, tone()))
    with pytest.raises(ItemError, match="cannot be read"):
        encode_apart(tmp_path / "missing.wav")


def test_without_the_extra_it_says_which(tmp_path, monkeypatch):
    monkeypatch.setattr(apart.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ItemError, match=r"tamizdat\[sound\]"):
        encode_apart(written(tmp_path, tone()))


def test_an_encoder_that_dies_leaves_out_one_recording(tmp_path, monkeypatch):
    """Whatever a hostile file does to the child, the parent goes on and says so."""
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(ItemError, match="ended with 1"):
        encode_apart(written(tmp_path, tone()))


def test_the_child_has_bounds_and_nothing_of_its_parents(tmp_path, monkeypatch):
    """Passphrases may stand in the environment; what reads foreign files must not see them."""
    monkeypatch.setenv("TAMIZDAT_PASSPHRASE", "correct horse")
    seen = {}
    run = subprocess.run

    def watched(command, **more):
        seen.update(more, command=command)
        return run(command, **more)

    monkeypatch.setattr(apart.subprocess, "run", watched)
    encode_apart(written(tmp_path, tone(0.5)))
    assert "correct horse" not in str(seen["env"])
    assert seen["timeout"] >= LIMITS.max_sound_work_seconds
    code = (
        "import resource; from tamizdat.sound.child import _bind; _bind();"
        "print(resource.getrlimit(resource.RLIMIT_AS)[1], resource.getrlimit(resource.RLIMIT_CPU)[1])"
    )
    said = run([sys.executable, "-c", code], capture_output=True, check=True, env=seen["env"]).stdout.split()
    assert [int(each) for each in said] == [LIMITS.max_sound_memory_bytes, LIMITS.max_sound_work_seconds]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_are_sound_or_an_error(tmp_path_factory, data):
    """Whole files, cut ones, ones with bytes changed: an error of ours, or something to play."""
    folder = tmp_path_factory.mktemp("sound")
    recording = bytearray(data.draw(st.sampled_from(_SEEDS)))
    for _ in range(data.draw(st.integers(0, 8))):
        recording[data.draw(st.integers(0, min(len(recording) - 1, 600)))] = data.draw(st.integers(0, 255))
    original = written(folder, bytes(recording[: data.draw(st.integers(1, len(recording)))]))
    try:
        seconds, files = here(original, folder)
    except ItemError as error:
        assert str(error)
        return
    assert seconds >= 1
    assert all(files)


_SEEDS = tuple(
    bytes(each)
    for each in (
        tone(0.3),
        other(tone(0.3), "flac", "flac"),
        other(tone(0.3), "mp3", "libmp3lame", layout="mono"),
        other(tone(0.3), "ogg", "libopus", 48_000),
        other(tone(0.3), "ipod", "aac"),
    )
)
