//! Which glibc a Linux program needs, from the versions that its ELF header names.

use anyhow::{Context as _, Result, bail};
use object::elf::FileHeader64;
use object::read::elf::FileHeader;
use object::{Endianness, elf};

/// A version such as 2.28; the order is that of the numbers.
pub type Version = Vec<u32>;

/// The oldest glibc that programs of a release run on: RHEL 8's.
pub const OLDEST: [u32; 2] = [2, 28];

/// The newest version of glibc that the program asks for; none when it is linked without it.
pub fn newest(program: &[u8]) -> Result<Option<Version>> {
    let header = FileHeader64::<Endianness>::parse(program).context("read the ELF header")?;
    let endian = header.endian()?;
    let sections = header.sections(endian, program)?;
    let Some((mut files, link)) = sections.gnu_verneed(endian, program)? else { return Ok(None) };
    let strings = sections.strings(endian, program, link)?;
    let mut newest = None;
    while let Some((_, mut versions)) = files.next()? {
        while let Some(version) = versions.next()? {
            let name = version.name(endian, strings)?;
            newest = newest.max(parse(&String::from_utf8_lossy(name)));
        }
    }
    Ok(newest)
}

/// Fails when the program would not start with the oldest glibc.
pub fn check(program: &[u8]) -> Result<()> {
    match newest(program)? {
        Some(needed) if needed.as_slice() > OLDEST.as_slice() => {
            bail!("the program needs glibc {needed:?}, and may need {OLDEST:?} at most")
        }
        _ => Ok(()),
    }
}

/// Whether the bytes are an ELF file at all.
pub fn is_elf(program: &[u8]) -> bool {
    program.starts_with(&elf::ELFMAG)
}

/// The numbers of a name such as `GLIBC_2.2.5`; none for another library's.
fn parse(name: &str) -> Option<Version> {
    name.strip_prefix("GLIBC_")?.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse("GLIBC_2.9") < parse("GLIBC_2.28"));
        assert!(parse("GLIBC_2.2.5") > parse("GLIBC_2.2"));
        assert_eq!(parse("GLIBC_PRIVATE"), None);
        assert_eq!(parse("GCC_3.0"), None);
    }

    /// This test itself is such a program.
    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
    #[test]
    fn a_program_tells_which_glibc_it_needs() -> Result<()> {
        let program = std::fs::read(std::env::current_exe()?)?;
        let needed = newest(&program)?.context("no version")?;
        assert!(needed.as_slice() >= [2, 2].as_slice(), "{needed:?}");
        assert_eq!(check(&program).is_ok(), needed.as_slice() <= OLDEST.as_slice());
        Ok(())
    }
}
