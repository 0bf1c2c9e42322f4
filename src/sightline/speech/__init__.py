"""Engines that write down what is said in a video; one file beside `base.py` for each."""
