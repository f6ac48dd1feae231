"""A real repository: bare where the hosting product has it, a working tree that pushes into it."""

import os
import subprocess

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null",
               "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com",
               "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.com"}


def git(directory, *arguments):
    done = subprocess.run(["git", *arguments], cwd=directory, env=ENVIRONMENT, capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


class Repository:
    def __init__(self, directory, name="origin"):
        self.bare = os.path.join(directory, name + ".git")
        self.tree = os.path.join(directory, name + "-tree")
        git("/", "init", "--quiet", "--bare", "--initial-branch=main", self.bare)
        git("/", "init", "--quiet", "--initial-branch=main", self.tree)
        git(self.tree, "remote", "add", "origin", self.bare)

    def push(self, files, message="change", branch="main"):
        """Writes `files` (path -> text), commits, pushes; returns the commit."""
        for path, text in files.items():
            full = os.path.join(self.tree, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as file:
                file.write(text)
        git(self.tree, "add", "--all")
        git(self.tree, "commit", "--quiet", "--allow-empty", "-m", message)
        git(self.tree, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(self.tree, "rev-parse", "HEAD")
