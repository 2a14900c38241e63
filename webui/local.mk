# webui: built with npm in the build tree, or taken from the tarball. `make webui` builds it alone.
webui_files = webui/index.html webui/package.json webui/package-lock.json webui/.npmrc webui/tsconfig.json \
	webui/vite.config.ts webui/vite-precompress.ts webui/biome.json webui/public webui/src webui/scripts
EXTRA_DIST += webui/build.sh $(webui_files) tests/e2e docs/images

# Always run: the script knows whether there is anything to do.
PHONY_TARGETS += webui check-webui
webui:
	$(AM_V_GEN)$(srcdir)/webui/build.sh $(srcdir)/webui webui

check-webui: webui
	cd webui && npm run check && npm run budget

if ENABLE_WEBUI
all-local: webui

install-data-local: webui
	$(MKDIR_P) '$(DESTDIR)$(pkgdatadir)'
	rm -rf '$(DESTDIR)$(pkgdatadir)/webui'
	cp -R webui/dist '$(DESTDIR)$(pkgdatadir)/webui'

uninstall-local:
	rm -rf '$(DESTDIR)$(pkgdatadir)/webui'

dist-hook: webui
	rm -rf '$(distdir)/webui/dist'
	cp -pR webui/dist '$(distdir)/webui/dist'
	touch '$(distdir)/webui/dist/index.html'
endif

# What out-of-tree builds copied; an in-tree build keeps its dist (make maintainer-clean takes it away).
clean-local:
	test '$(srcdir)' = . || rm -rf webui/dist webui/src webui/public webui/scripts webui/node_modules

distclean-local:
	test '$(srcdir)' = . || rm -rf webui

maintainer-clean-local:
	rm -rf webui/dist webui/node_modules

# The browser tests; they leave screenshots in test-artifacts/.
PHONY_TARGETS += check-browser
check-browser: all tests/tools/publish_events$(EXEEXT)
	cd webui && BUILD_DIR='$(abs_top_builddir)' node --test --test-concurrency=2 --test-timeout=120000 '$(abs_top_srcdir)'/tests/e2e/*.test.mjs
