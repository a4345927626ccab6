"""An A4 printer made of software: IPP in on a TCP port, PDF files out in a folder.

It is the driver's independent witness: HTTP is the standard library's, IPP is written from the RFCs a
second time, and no module of the driver is imported here (a test proves it).
"""
