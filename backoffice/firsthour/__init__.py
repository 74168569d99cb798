"""The guided first hour: from the opening hours to the first call and message that worked."""
