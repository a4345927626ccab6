"""A receipt printer made of software: bytes in on a pty or a socket, paper out as pictures.

It is the driver's independent witness: its ESC/POS is written from the manuals a second time, and no
module of the driver is imported here (a test proves it). Only the profiles, which are data, are shared.
"""
