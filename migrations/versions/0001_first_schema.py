"""The first schema: cities, batches, assets by class, zones, their history, inspections, defects.

Revision ID: 0001
Revises: 
"""
from alembic import op
import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None


def upgrade() -> None:
    # One sequence numbers assets and zones and is never reused.
    op.execute(sa.schema.CreateSequence(sa.Sequence('feature_id_seq')))
    op.create_table('asset',
    sa.Column('class', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('code_scheme', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('district', sa.Text(), nullable=True),
    sa.Column('grid', sa.Text(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('keeper', sa.Text(), nullable=True),
    sa.Column('supervisor', sa.Text(), nullable=True),
    sa.Column('ownership_status', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('installed_on', sa.Date(), nullable=True),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.Column('grade', sa.Text(), nullable=True),
    sa.Column('scores', postgresql.JSONB(), nullable=True),
    sa.Column('rated_on', sa.Date(), nullable=True),
    sa.Column('standard', sa.Text(), nullable=True),
    sa.Column('length_m', sa.Double(), nullable=True),
    sa.Column('area_m2', sa.Double(), nullable=True),
    sa.Column('length_surveyed', sa.Boolean(), nullable=False),
    sa.Column('area_surveyed', sa.Boolean(), nullable=False),
    sa.Column('parent', sa.BigInteger(), nullable=True),
    sa.Column('attrs', postgresql.JSONB(), nullable=False),
    sa.Column('geom', Geometry('GEOMETRY', srid=4490, spatial_index=False), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_hash', sa.LargeBinary(), nullable=True),
    sa.Column('row_hash', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('sys_from', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("jsonb_typeof(attrs) = 'object'", name=op.f('asset_attrs_check')),
    sa.CheckConstraint("state IS NULL OR state IN ('intact', 'damaged', 'missing', 'abandoned', 'removed', 'unknown')", name=op.f('asset_state_check')),
    sa.CheckConstraint('length_m >= 0 AND area_m2 >= 0', name=op.f('asset_measures_check')),
    sa.PrimaryKeyConstraint('class', 'city', 'id', name=op.f('asset_pkey')),
    sa.UniqueConstraint('class', 'city', 'code_scheme', 'code', name='asset_code_key'),
    postgresql_partition_by='LIST (class)'
    )
    op.create_index('asset_batch_idx', 'asset', ['batch'], unique=False)
    op.create_index('asset_city_district_idx', 'asset', ['city', 'district'], unique=False)
    op.create_index('asset_geom_idx', 'asset', ['geom'], unique=False, postgresql_using='gist')
    op.create_index('asset_id_idx', 'asset', ['id'], unique=False)
    op.create_index('asset_no_geom_idx', 'asset', ['city', 'id'], unique=False, postgresql_where=sa.text('geom IS NULL'))
    op.create_table('asset_history',
    sa.Column('op', sa.Text(), nullable=False),
    sa.Column('sys_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_batch', sa.BigInteger(), nullable=False),
    sa.Column('class', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('code_scheme', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('district', sa.Text(), nullable=True),
    sa.Column('grid', sa.Text(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('keeper', sa.Text(), nullable=True),
    sa.Column('supervisor', sa.Text(), nullable=True),
    sa.Column('ownership_status', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('installed_on', sa.Date(), nullable=True),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.Column('grade', sa.Text(), nullable=True),
    sa.Column('scores', postgresql.JSONB(), nullable=True),
    sa.Column('rated_on', sa.Date(), nullable=True),
    sa.Column('standard', sa.Text(), nullable=True),
    sa.Column('length_m', sa.Double(), nullable=True),
    sa.Column('area_m2', sa.Double(), nullable=True),
    sa.Column('length_surveyed', sa.Boolean(), nullable=False),
    sa.Column('area_surveyed', sa.Boolean(), nullable=False),
    sa.Column('parent', sa.BigInteger(), nullable=True),
    sa.Column('attrs', postgresql.JSONB(), nullable=False),
    sa.Column('geom', Geometry('GEOMETRY', srid=4490, spatial_index=False), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_hash', sa.LargeBinary(), nullable=True),
    sa.Column('row_hash', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('sys_from', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("op IN ('U', 'D')", name=op.f('asset_history_op_check')),
    postgresql_partition_by='LIST (class)'
    )
    op.create_index('asset_history_end_batch_idx', 'asset_history', ['end_batch'], unique=False)
    op.create_index('asset_history_geom_idx', 'asset_history', ['geom'], unique=False, postgresql_using='gist')
    op.create_index('asset_history_id_sys_from_idx', 'asset_history', ['id', 'sys_from'], unique=False)
    op.create_table('told',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', 'source', name=op.f('told_pkey'))
    )
    op.create_table('catalogue',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('table_name', sa.Text(), nullable=False),
    sa.Column('declaration', postgresql.JSONB(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('synced_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('catalogue_pkey'))
    )
    op.create_table('city',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('zh', sa.Text(), nullable=False),
    sa.Column('en', sa.Text(), nullable=False),
    sa.Column('extent', Geometry('GEOMETRY', srid=4490, spatial_index=False), nullable=True),
    sa.Column('srid', sa.Integer(), nullable=False),
    sa.CheckConstraint("key ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$'", name=op.f('city_key_check')),
    sa.PrimaryKeyConstraint('key', name=op.f('city_pkey'))
    )
    op.create_table('zone',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('edition', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('population', sa.BigInteger(), nullable=True),
    sa.Column('area_m2', sa.Double(), nullable=True),
    sa.Column('area_surveyed', sa.Boolean(), nullable=False),
    sa.Column('attrs', postgresql.JSONB(), nullable=False),
    sa.Column('geom', Geometry('GEOMETRY', srid=4490, spatial_index=False), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_hash', sa.LargeBinary(), nullable=True),
    sa.Column('row_hash', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('sys_from', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("jsonb_typeof(attrs) = 'object'", name=op.f('zone_attrs_check')),
    sa.CheckConstraint('area_m2 >= 0 AND population >= 0', name=op.f('zone_measures_check')),
    sa.CheckConstraint('valid_from <= valid_to', name=op.f('zone_validity_check')),
    sa.PrimaryKeyConstraint('kind', 'city', 'id', name=op.f('zone_pkey')),
    sa.UniqueConstraint('kind', 'city', 'edition', 'code', name='zone_code_key')
    )
    op.create_index('zone_batch_idx', 'zone', ['batch'], unique=False)
    op.create_index('zone_geom_idx', 'zone', ['geom'], unique=False, postgresql_using='gist')
    op.create_index('zone_id_idx', 'zone', ['id'], unique=False)
    op.create_table('zone_history',
    sa.Column('op', sa.Text(), nullable=False),
    sa.Column('sys_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_batch', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('edition', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('population', sa.BigInteger(), nullable=True),
    sa.Column('area_m2', sa.Double(), nullable=True),
    sa.Column('area_surveyed', sa.Boolean(), nullable=False),
    sa.Column('attrs', postgresql.JSONB(), nullable=False),
    sa.Column('geom', Geometry('GEOMETRY', srid=4490, spatial_index=False), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_hash', sa.LargeBinary(), nullable=True),
    sa.Column('row_hash', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('sys_from', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("op IN ('U', 'D')", name=op.f('zone_history_op_check'))
    )
    op.create_index('zone_history_end_batch_idx', 'zone_history', ['end_batch'], unique=False)
    op.create_index('zone_history_geom_idx', 'zone_history', ['geom'], unique=False, postgresql_using='gist')
    op.create_index('zone_history_id_sys_from_idx', 'zone_history', ['id', 'sys_from'], unique=False)
    op.create_table('batch',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('mapping', postgresql.JSONB(), nullable=True),
    sa.Column('counts', postgresql.JSONB(), nullable=True),
    sa.Column('plan', sa.Text(), nullable=True),
    sa.Column('code_version', sa.Text(), nullable=False),
    sa.Column('prev_hash', sa.LargeBinary(), nullable=True),
    sa.Column('hash', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("actor <> '' AND reason <> ''", name=op.f('batch_who_why_check')),
    sa.CheckConstraint("kind IN ('import', 'edit', 'api', 'undo', 'sync', 'derive')", name=op.f('batch_kind_check')),
    sa.ForeignKeyConstraint(['city'], ['city.key'], name=op.f('batch_city_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('batch_pkey'))
    )
    op.create_index('batch_city_at_idx', 'batch', ['city', 'at'], unique=False)
    op.create_table('alias',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('asset_id', sa.BigInteger(), nullable=False),
    sa.Column('code_scheme', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['batch'], ['batch.id'], name=op.f('alias_batch_fkey')),
    sa.ForeignKeyConstraint(['city'], ['city.key'], name=op.f('alias_city_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('alias_pkey'))
    )
    op.create_index('alias_asset_id_idx', 'alias', ['asset_id'], unique=False)
    op.create_index('alias_code_idx', 'alias', ['city', 'code_scheme', 'code'], unique=False)
    op.create_table('inspection',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('asset_id', sa.BigInteger(), nullable=False),
    sa.Column('form', sa.Text(), nullable=False),
    sa.Column('inspected_on', sa.Date(), nullable=False),
    sa.Column('from_m', sa.Double(), nullable=True),
    sa.Column('to_m', sa.Double(), nullable=True),
    sa.Column('area_m2', sa.Double(), nullable=True),
    sa.Column('standard', sa.Text(), nullable=True),
    sa.Column('table_edition', sa.Text(), nullable=True),
    sa.Column('measurements', postgresql.JSONB(), nullable=False),
    sa.Column('scores', postgresql.JSONB(), nullable=True),
    sa.Column('grade', sa.Text(), nullable=True),
    sa.Column('override_grade', sa.Text(), nullable=True),
    sa.Column('override_reason', sa.Text(), nullable=True),
    sa.Column('inspector', sa.Text(), nullable=True),
    sa.Column('supersedes', sa.BigInteger(), nullable=True),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("override_grade IS NULL OR override_reason <> ''", name=op.f('inspection_override_check')),
    sa.CheckConstraint('from_m <= to_m', name=op.f('inspection_part_check')),
    sa.ForeignKeyConstraint(['batch'], ['batch.id'], name=op.f('inspection_batch_fkey')),
    sa.ForeignKeyConstraint(['city'], ['city.key'], name=op.f('inspection_city_fkey')),
    sa.ForeignKeyConstraint(['supersedes'], ['inspection.id'], name=op.f('inspection_supersedes_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('inspection_pkey'))
    )
    op.create_index('inspection_asset_idx', 'inspection', ['asset_id', 'inspected_on'], unique=False)
    op.create_index('inspection_supersedes_idx', 'inspection', ['supersedes'], unique=False)
    op.create_table('defect',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('asset_id', sa.BigInteger(), nullable=False),
    sa.Column('inspection', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('event_code', sa.Text(), nullable=True),
    sa.Column('risk_level', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('responsible', sa.Text(), nullable=True),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('attrs', postgresql.JSONB(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("status IN ('found', 'assigned', 'repaired', 'verified', 'closed')", name=op.f('defect_status_check')),
    sa.CheckConstraint('found_on <= closed_on', name=op.f('defect_dates_check')),
    sa.ForeignKeyConstraint(['batch'], ['batch.id'], name=op.f('defect_batch_fkey')),
    sa.ForeignKeyConstraint(['city'], ['city.key'], name=op.f('defect_city_fkey')),
    sa.ForeignKeyConstraint(['inspection'], ['inspection.id'], name=op.f('defect_inspection_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('defect_pkey'))
    )
    op.create_index('defect_asset_idx', 'defect', ['asset_id'], unique=False)


def downgrade() -> None:
    """There is nothing before the first schema: going back would delete the registry."""
    raise NotImplementedError("the first revision cannot be undone")
