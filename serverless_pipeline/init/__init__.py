"""`serverless-pipeline init`: a folder that knows nothing of a pipeline gets the files that one needs.

Looked at first, written afterwards; what is there already is never changed, but for lines added to `.gitignore`. The
map; each uses only what stands above it::

    place          the folder in its repository, and a name for its stacks
    walk           the files of a project that somebody wrote, not what tools put beside them
    templates      the templates of AWS that lie there, the likeliest first
    sites          a folder with an index.html
    builds         a package.json whose scripts build or test
    functions      handlers of Lambda that no template names
    tests          those of pytest
    requirements   which file names what the tasks need
    survey         all of that together

    texts          how the texts of the files are rendered
    package        what the task `package` does, as commands
    settings_file  invoke.yaml
    tasks_file     tasks.py
    template_file  template.yaml
    files          all files that are wanted, beside those that are there
    advice         what a person has to decide or add
    next_commands  what to type next
    program        look, say, write, say what is next
"""
