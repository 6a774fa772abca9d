"""The TWS wire: what each message holds (declared once, with its versions) and how it becomes bytes.

The message classes are plain values and know nothing of text or sockets; `text` is the codec of server versions
157 to 178. Another codec can stand beside it and use the same classes.
"""
