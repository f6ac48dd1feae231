# `cmake --install` and the Debian package (script/package).
include(GNUInstallDirs)
install(TARGETS runbridge runbridge-ssh-probe RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
find_program(GZIP gzip REQUIRED)
set(manual ${CMAKE_BINARY_DIR}/runbridge.1.gz)
add_custom_command(OUTPUT ${manual}
  COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/packaging/runbridge.1 > ${manual}
  DEPENDS ${PROJECT_SOURCE_DIR}/packaging/runbridge.1)
add_custom_target(manual ALL DEPENDS ${manual})
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/runbridge.service DESTINATION /lib/systemd/system)
install(FILES packaging/runbridge.yaml DESTINATION /etc/runbridge)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "runbridge maintainers <maintainers@runbridge.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "git, openssh-client, bubblewrap, ca-certificates, adduser")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql-client")  # backups of a PostgreSQL database
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/packaging/conffiles;${PROJECT_SOURCE_DIR}/packaging/postinst;${PROJECT_SOURCE_DIR}/packaging/prerm;${PROJECT_SOURCE_DIR}/packaging/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
