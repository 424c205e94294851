package dev.fader.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// What holds for every class of the app.
class RoomsTest {
  private static final JavaClasses APP =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.fader.app");

  @Test
  void noCycles() {
    slices().matching("dev.fader.(**)").should().beFreeOfCycles().check(APP);
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.fader.app.cli..")
        .should(ACCESS_STANDARD_STREAMS)
        .allowEmptyShould(true)
        .check(APP);
  }

  @Test
  void noStaticMutableState() {
    fields().that().areStatic().should().beFinal().allowEmptyShould(true).check(APP);
  }

  @Test
  void everyPackageIsNullMarked() {
    var unmarked =
        APP.stream()
            .map(javaClass -> javaClass.getPackage())
            .distinct()
            .filter(room -> !room.isAnnotatedWith(NullMarked.class))
            .toList();
    assertTrue(unmarked.isEmpty(), () -> unmarked + " need @NullMarked in package-info.java");
  }
}
