"""How the tests run an example: unchanged, in a fresh Python, on few of the synthetic digits."""

N_TRAIN, N_TEST = 2000, 400
NO_NETWORK = {
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
    "no_proxy": "",
    "TINYNET_DATA": "",
}

ON_FEW_EXAMPLES = f"""
import functools, runpy, sys
from tinynet.datasets import synthetic_digits

synthetic_digits.load_data = functools.partial(synthetic_digits.load_data, {N_TRAIN}, {N_TEST})
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print("matplotlib was loaded:", "matplotlib" in sys.modules)
"""
