"""For tests: says with which of its flags an interpreter was started."""

import sys

if __name__ == "__main__":
    print(bool(sys.flags.safe_path), bool(sys.flags.no_user_site))
