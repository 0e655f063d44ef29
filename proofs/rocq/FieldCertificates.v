(** What a certificate file over a number field imports: the claims, the checkers, and short names. *)
From Coq Require Export QArith String List.
From Coq Require Import Reals.
From Exactland Require Export Claims LandscapeClaims FieldClaims.
From Exactland Require Import Arithmetic FieldChecks FieldSoundness FieldClarke FieldCurves
  FieldReplication NumberFields.
Export ListNotations.

(** The root lies between [low / 2^bits] and [(low + 1) / 2^bits]. *)
Definition enclosures := list interval.
Definition near (bits : N) (low : Z) : interval := Interval low (low + 1) (Pos.shiftl 1 bits).
(** A datum is a multiple of another: its class, and the factor. *)
Definition multiple (q : nat) (factor : number) : nat * number := (q, factor).
(** The multiplier of x_q. *)
Definition times (q : nat) (factor : number) : nat * number := (q, factor).
Definition Leaf : list (nat * number) -> field_tree number := FieldLeaf.
Definition Branch : nat -> field_tree number -> field_tree number -> field_tree number := FieldBranch.
Definition tree := field_tree number.
Definition Separated : field_separation number := FieldSeparated.
Definition EmptyCell : list (nat * number) -> field_separation number := FieldEmptyCell.
Definition Cases : nat -> field_separation number -> field_separation number -> field_separation number :=
  FieldCases.
Definition separation := field_separation number.
(** A cell gradient: its multiplier and a point of the cell. *)
Definition cell (multiplier : number) (inside : list number) : number * list number := (multiplier, inside).
(** The entries of a direction, or of a curve, that belong to one neuron. *)
Definition neuron {A} (i : nat) (w h : A) : nat * (A * A) := (i, (w, h)).
(** A direction, and the coefficients of tau, tau^2, ... of a curve: for some neurons, and for c. *)
Definition direction := field_direction number.
Definition moving : list (nat * (list number * list number)) -> list number -> direction :=
  FieldDirection number.
Definition curve := field_curve number.
Definition along_curve : list (nat * (list (list number) * list (list number))) ->
  list (list number) -> curve := FieldCurve number.

Section Checkers.
Variables (F : field) (E : enclosures) (S : field_setting) (P : field_parameters).
Definition field_loss_value a := check_over_field F E (fun A => check_field_loss_value A S P a).
Definition field_directionally_stationary classes trees :=
  check_over_field F E (fun A => check_field_directionally_stationary A S P classes trees).
Definition field_not_directionally_stationary D :=
  check_over_field F E (fun A => check_field_not_directionally_stationary A S P D).
Definition field_clarke_stationary neurons :=
  check_over_field F E (fun A => check_field_clarke_stationary A S P neurons).
Definition field_not_clarke_output i j :=
  check_over_field F E (fun A => check_field_not_clarke_output A S P i j).
Definition field_not_clarke_bias j := check_over_field F E (fun A => check_field_not_clarke_bias A S P j).
Definition field_not_clarke_separated classes i v t :=
  check_over_field F E (fun A => check_field_not_clarke_separated A S P classes i v t).
Definition field_escape_neuron classes i v trees :=
  check_over_field F E (fun A => check_field_escape_neuron A S P classes i v trees).
Definition field_local_minimum classes radius R0 trees :=
  check_over_field F E (fun A => check_field_local_minimum A S P classes radius R0 trees).
Definition field_not_local_minimum x :=
  check_over_field F E (fun A => check_field_not_local_minimum A S P x).
Definition field_global_minimum := check_over_field F E (fun A => check_field_global_minimum A S P).
Definition field_cell_global_minimum c :=
  check_over_field F E (fun A => check_field_cell_global_minimum A S P c).
Definition field_spurious classes radius R0 trees a better b :=
  check_over_field F E (fun A => check_field_spurious A S P classes radius R0 trees a better b).
Definition field_replication_stationary_set classes i set v trees :=
  check_over_field F E (fun A => check_field_replication_stationary_set A S P classes i set v trees).
Definition field_replication_minimum_set classes i set v radius R0 trees :=
  check_over_field F E (fun A => check_field_replication_minimum_set A S P classes i set v radius R0 trees).
Definition field_replication_no_minimum classes i v trees :=
  check_over_field F E (fun A => check_field_replication_no_minimum A S P classes i v trees).

(** Each checker is sound because it is sound for the root, whatever number it is. *)
Local Ltac for_the_root := apply check_over_field_sound; intros alpha A value Hs.
Theorem field_loss_value_sound a : field_loss_value a = true -> over F, loss_is S P a.
Proof. for_the_root. apply (check_field_loss_value_sound Hs). Qed.
Theorem field_directionally_stationary_sound classes trees :
  field_directionally_stationary classes trees = true ->
  over F, is_directionally_stationary S P.
Proof. for_the_root. apply (check_field_directionally_stationary_sound Hs). Qed.
Theorem field_not_directionally_stationary_sound D : field_not_directionally_stationary D = true ->
  over F, is_not_directionally_stationary S P.
Proof. for_the_root. apply (check_field_not_directionally_stationary_sound Hs). Qed.
Theorem field_clarke_stationary_sound neurons : field_clarke_stationary neurons = true ->
  over F, is_clarke_stationary S P.
Proof. for_the_root. apply (check_field_clarke_stationary_sound Hs). Qed.
Theorem field_not_clarke_output_sound i j : field_not_clarke_output i j = true ->
  over F, is_not_clarke_stationary S P.
Proof. for_the_root. apply (check_field_not_clarke_output_sound Hs). Qed.
Theorem field_not_clarke_bias_sound j : field_not_clarke_bias j = true ->
  over F, is_not_clarke_stationary S P.
Proof. for_the_root. apply (check_field_not_clarke_bias_sound Hs). Qed.
Theorem field_not_clarke_separated_sound classes i v t :
  field_not_clarke_separated classes i v t = true ->
  over F, is_not_clarke_stationary S P.
Proof. for_the_root. apply (check_field_not_clarke_separated_sound Hs). Qed.
Theorem field_escape_neuron_sound classes i v trees : field_escape_neuron classes i v trees = true ->
  over F, is_escape_neuron S P i.
Proof. for_the_root. apply (check_field_escape_neuron_sound Hs). Qed.
Theorem field_local_minimum_sound classes radius R0 trees :
  field_local_minimum classes radius R0 trees = true ->
  over F, is_local_minimum S P radius R0.
Proof. for_the_root. apply (check_field_local_minimum_sound Hs). Qed.
Theorem field_not_local_minimum_sound x : field_not_local_minimum x = true ->
  over F, is_not_local_minimum S P.
Proof. for_the_root. apply (check_field_not_local_minimum_sound Hs). Qed.
Theorem field_global_minimum_sound : field_global_minimum = true ->
  over F, is_global_minimum S P.
Proof. for_the_root. apply (check_field_global_minimum_sound Hs). Qed.
Theorem field_cell_global_minimum_sound c : field_cell_global_minimum c = true ->
  over F, is_cell_global_minimum S P c.
Proof. for_the_root. apply (check_field_cell_global_minimum_sound Hs). Qed.
Theorem field_spurious_sound classes radius R0 trees a better b :
  field_spurious classes radius R0 trees a better b = true ->
  over F, is_spurious_local_minimum S P radius R0 a better b.
Proof. for_the_root. apply (check_field_spurious_sound Hs). Qed.
Theorem field_replication_stationary_set_sound classes i set v trees :
  field_replication_stationary_set classes i set v trees = true ->
  over F, is_replication_stationary_set S P i set.
Proof. for_the_root. apply (check_field_replication_stationary_set_sound Hs). Qed.
Theorem field_replication_minimum_set_sound classes i set v radius R0 trees :
  field_replication_minimum_set classes i set v radius R0 trees = true ->
  over F, is_replication_minimum_set S P i set.
Proof. for_the_root. apply (check_field_replication_minimum_set_sound Hs). Qed.
Theorem field_replication_no_minimum_sound classes i v trees :
  field_replication_no_minimum classes i v trees = true ->
  over F, is_replication_minimum_set S P i no_gamma.
Proof. for_the_root. apply (check_field_replication_no_minimum_sound Hs). Qed.
End Checkers.
