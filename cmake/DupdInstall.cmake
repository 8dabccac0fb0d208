# What "cmake --install" and the .deb contain: the program, libdupd with its headers, CMake package
# and dupd.pc, the completion for bash, the configuration file; the man pages come from src/cli.
# Everything lies under the prefix, so that --prefix moves all of it; only with the prefix /usr does
# the configuration go to /etc.
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dupd)
install(TARGETS dupd EXPORT dupdTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/dupd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
install(EXPORT dupdTargets NAMESPACE dupd:: DESTINATION ${config_dir})
configure_package_config_file(cmake/dupdConfig.cmake.in ${PROJECT_BINARY_DIR}/dupdConfig.cmake
                              INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dupdConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dupdConfig.cmake ${PROJECT_BINARY_DIR}/dupdConfigVersion.cmake
        DESTINATION ${config_dir})

# dupd.pc finds its prefix from where it lies, so that it stays true under --prefix.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(cmake/dupd.pc.in ${PROJECT_BINARY_DIR}/dupd.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dupd.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET dupd_cli)
  install(TARGETS dupd_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/deploy/dupd.bash-completion RENAME dupd
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)

  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(sysconf /etc)
  else()
    set(sysconf ${CMAKE_INSTALL_SYSCONFDIR})
  endif()
  install(FILES deploy/dupd.conf DESTINATION ${sysconf}/dupd)
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr") # the unit names /usr/bin/dupd
    install(FILES deploy/dupd.service DESTINATION lib/systemd/system)
  endif()
  file(WRITE ${PROJECT_BINARY_DIR}/deb/conffiles "/etc/dupd/dupd.conf\n")
  set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/deb/conffiles)
endif()
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dupd)
set(CPACK_PACKAGE_CONTACT "The dupd authors <dupd@localhost>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # /etc lies outside the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION text)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
