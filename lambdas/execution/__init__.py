"""The execution environment, which Lambda hands from job to job: clean, or it ends.

traces       whether code of a source ran here, and whether all that it left is gone
namespace    whether the function has all process numbers to itself, so that one signal can end everything
storage      work folders, and what lies in /tmp
"""
