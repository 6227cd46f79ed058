"""Reading identity verifications with their documents."""

from collections.abc import Sequence

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.admin.review_service import Submission

_PAGE = sql("""
select v.id, v.user_id, a.username, coalesce(a.first_name, ''), coalesce(a.last_name, ''), v.statut, v.date_soumission,
       v.commentaire_admin, r.username, v.date_traitement, d.id, d.name, s.id, s.name,
       (select count(*) from spotvibe_verification where statut = any(cast(:statuts as text[])))
from spotvibe_verification v join account a on a.number = v.user_id join stored_file d on d.id = v.document_identite
left join stored_file s on s.id = v.document_selfie left join account r on r.number = v.traite_par
where v.statut = any(cast(:statuts as text[]))
order by v.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql("select count(*) from spotvibe_verification where statut = any(cast(:statuts as text[]))")


class ReviewStore:
    """Submissions in PostgreSQL."""

    async def page(self, work: Work, query: ListQuery, statuts: Sequence[str]) -> Page[Submission]:
        """Return a page of submissions that stand so, newest first."""
        asked = list(statuts)
        return await counted_page(work, query, _PAGE, _COUNT, Submission, statuts=asked)
