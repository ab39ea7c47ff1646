DELETE FROM $table a USING $diff d
WHERE d.verdict = 'missing' AND a.$discriminator = $key AND a.city = :city AND a.id = d.id AND a.version = d.old_version
