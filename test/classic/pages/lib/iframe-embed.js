// What an application page has inline, in a file of its own so that a policy of the server's lets it run.
p_embed('./');
