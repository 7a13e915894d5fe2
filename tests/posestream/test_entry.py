import signal
import subprocess
import sys

# Says when the imports begin, and waits inside them as a slow disk would.
SLOW_IMPORT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell inherits "ignore"
class Slow:
    def find_spec(self, name, path, target=None):
        if name == "posestream.cli":
            print("importing", flush=True)
            time.sleep(60)
sys.meta_path.insert(0, Slow())
from posestream.entry import main
main()
"""


def test_an_interrupt_while_modules_are_loaded_is_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_IMPORT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""
