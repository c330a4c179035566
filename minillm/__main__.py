"""`python -m minillm` is `minillm`."""

from minillm.interface.main import main

if __name__ == "__main__":
    main()
