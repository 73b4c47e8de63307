"""First tables: facts, postings, lines, tape, decisions, cases, notices, deliveries."""

from alembic import op

from fullrecall.domain.ledger import ACCOUNTS
from fullrecall.storage.tables import account, append_only_ddl, metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in append_only_ddl(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(
        account.insert(), [{"id": int(a), "name": en, "name_zh": zh} for a, (en, zh) in ACCOUNTS.items()]
    )
