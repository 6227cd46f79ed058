"""Numbered pages."""

from rest_framework.pagination import PageNumberPagination

from benchmarks.peers.rules import MAX_PAGE_SIZE, PAGE_SIZE


class NumberedPages(PageNumberPagination):
    """`page` and `page_size`."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE
