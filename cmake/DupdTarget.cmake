# One place for how every target of dupd is compiled: an interface target that they all link.
add_library(dupd_flags INTERFACE)
target_compile_features(dupd_flags INTERFACE c_std_11)
target_compile_definitions(dupd_flags INTERFACE _GNU_SOURCE)
target_compile_options(
  dupd_flags
  INTERFACE -Wall
            -Wextra
            -Werror
            -Wshadow
            -Wconversion
            -Wstrict-prototypes
            -Wmissing-prototypes
            -Wformat=2
            -Wundef
            -Wvla
            -fno-strict-aliasing
            -fstack-protector-strong
            -fPIE
            $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE>
            $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
target_link_options(dupd_flags INTERFACE -pie -Wl,-z,relro,-z,now)
if(DUPD_SANITIZE)
  target_compile_options(dupd_flags INTERFACE -fsanitize=${DUPD_SANITIZE} -fno-omit-frame-pointer
                                              -fno-sanitize-recover=all)
  target_link_options(dupd_flags INTERFACE -fsanitize=${DUPD_SANITIZE})
endif()
if(DUPD_FUZZ)
  target_compile_options(dupd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
