"""A smart card made of software, behind `vsmartcard-vpcd`: to pcscd it is a card in a reader.

It is the driver's independent witness: files, records and answers are made a second time here, and no module
of the driver is imported (a test proves it). People are fictional.
"""
