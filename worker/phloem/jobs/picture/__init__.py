"""The pictures that `resize_image` makes smaller.

reading  pictures as viewers show them: upright, in sRGB, without metadata
png      a PNG file as its chunks: what no viewer needs, and its transparent colour
"""
