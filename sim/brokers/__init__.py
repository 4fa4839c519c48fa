"""What stands between publishers and consumers: one file per kind of broker."""
