#!/usr/bin/env bash
# setup.sh DIR SEED.xml…: a wiki in Spanish in DIR (MediaWiki on SQLite), with the pages of the exports.
# Needs the packages of `make mediawiki`.
set -euo pipefail
dir=$(realpath -m "$1")
shift
mediawiki=${MEDIAWIKI:-/usr/share/mediawiki}
maintenance=$mediawiki/maintenance

mkdir -p "$dir/www" "$dir/data" "$dir/tmp"
ln -sfn "$mediawiki" "$dir/www/w"
php "$maintenance/install.php" --dbtype sqlite --dbpath "$dir/data" --dbname eswiki \
    --server http://127.0.0.1 --scriptpath /w --lang es --pass adminpass-123 --confpath "$dir" Wikipedia Admin

# Namespaces as on es.wikipedia.org. No caches, since the tests change the database behind MediaWiki's back,
# and no fsync, which they do not need. A test's own settings go into extra.php.
cat >> "$dir/LocalSettings.php" <<PHP
\$wgMainCacheType = \$wgMessageCacheType = \$wgParserCacheType = CACHE_NONE;
\$wgJobRunRate = 0;
\$wgTmpDirectory = \$wgCacheDirectory = '$dir/tmp';
\$wgExtraNamespaces = [ 100 => 'Portal', 101 => 'Portal_discusión', 104 => 'Anexo', 105 => 'Anexo_discusión' ];
\$wgContentNamespaces = [ 0, 104 ];
\$wgDBservers = [ [ 'type' => 'sqlite', 'dbname' => \$wgDBname, 'dbDirectory' => \$wgSQLiteDataDir,
  'tablePrefix' => '', 'variables' => [ 'synchronous' => 'OFF' ], 'trxMode' => 'IMMEDIATE', 'load' => 1,
  'flags' => DBO_DEFAULT ] ];
if ( is_file( '$dir/extra.php' ) ) { require '$dir/extra.php'; }
PHP

export MW_CONFIG_FILE=$dir/LocalSettings.php
for seed in "$@"; do
    php "$maintenance/importDump.php" --no-updates "$seed"
done
php "$maintenance/initSiteStats.php" --update
