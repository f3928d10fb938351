"""Three apps that have nothing of Phloem, with Flower and with Phloem beside each; see CONTRIBUTING.md.

apps          the apps, as the documentation of what they use shows them
environment   an environment with Flower and without Phloem
console       a program of an app
stage         an app with its broker and its workers, and Flower and Phloem beside it
work          what the app is given to do
tellers       what Flower and Phloem answer
fact          one thing that Flower shows; they are in task_, worker_, other_ and metric_facts
agreement     whether two values of a fact say the same
compare       both values of each fact
beyond        what Phloem shows of them besides
restarts      what is shown after something was away
page          the tables of docs/flower.md
"""
