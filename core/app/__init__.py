"""The program without its window: command line, recovery, licences."""
