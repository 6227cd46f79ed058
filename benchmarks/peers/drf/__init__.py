"""Django REST Framework on gunicorn's threads, with psycopg's pool.

No middleware, JSON alone, querysets with `only`, `select_related` or `prefetch_related`, one count and one page for
each list. As with simplejwt, a token is verified and its holder read for every request; nothing is cached.
"""
